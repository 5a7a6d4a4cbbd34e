/**
 * Who may call a function: the check of tokens.
 *
 * <p>May use the registry's table. Start at {@link lmnop.router.access.Keyring}.
 */
@NullMarked
package lmnop.router.access;

import org.jspecify.annotations.NullMarked;
