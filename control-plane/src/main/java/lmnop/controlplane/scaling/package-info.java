/**
 * How many instances of a function run, as somebody asks for it.
 *
 * <p>May use accounts and audit. Start at {@link lmnop.controlplane.scaling.Scaling}.
 */
@NullMarked
package lmnop.controlplane.scaling;

import org.jspecify.annotations.NullMarked;
