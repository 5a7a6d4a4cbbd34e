/** Tests of parts of a build. */
@NullMarked
package lmnop.builderworker.build;

import org.jspecify.annotations.NullMarked;
