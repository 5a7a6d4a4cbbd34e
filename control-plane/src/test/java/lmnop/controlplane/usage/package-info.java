/** Tests of functions' logs. */
@NullMarked
package lmnop.controlplane.usage;

import org.jspecify.annotations.NullMarked;
