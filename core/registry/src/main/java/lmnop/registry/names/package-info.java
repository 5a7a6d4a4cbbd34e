/**
 * The names that people give: checked once when they come in, and value types ever after.
 *
 * <p>Depends on nothing of ours. Start at {@link lmnop.registry.names.FunctionName}.
 */
@NullMarked
package lmnop.registry.names;

import org.jspecify.annotations.NullMarked;
