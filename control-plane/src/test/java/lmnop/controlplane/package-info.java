/** Tests of the control plane as a whole. */
@NullMarked
package lmnop.controlplane;

import org.jspecify.annotations.NullMarked;
