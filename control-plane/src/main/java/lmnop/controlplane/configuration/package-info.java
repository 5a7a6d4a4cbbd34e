/**
 * What {@code function.yml} says, read into records that cannot be wrong; every error of a file at
 * once, each with its line and column.
 *
 * <p>May use the registry's names and policy. Start at {@link
 * lmnop.controlplane.configuration.FunctionConfiguration}.
 */
@NullMarked
package lmnop.controlplane.configuration;

import org.jspecify.annotations.NullMarked;
