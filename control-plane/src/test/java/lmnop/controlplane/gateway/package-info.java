/** Tests of the package {@code lmnop.controlplane.gateway}. */
@NullMarked
package lmnop.controlplane.gateway;

import org.jspecify.annotations.NullMarked;
