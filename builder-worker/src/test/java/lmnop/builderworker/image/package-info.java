/** Tests of images that come from builds. */
@NullMarked
package lmnop.builderworker.image;

import org.jspecify.annotations.NullMarked;
