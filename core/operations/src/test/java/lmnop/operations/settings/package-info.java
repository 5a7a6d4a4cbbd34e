/** Tests of how apps get their settings. */
@NullMarked
package lmnop.operations.settings;

import org.jspecify.annotations.NullMarked;
