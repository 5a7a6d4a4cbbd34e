/**
 * Who may come in: accounts, their passwords, and which owners they belong to.
 *
 * <p>May use web and audit. Start at {@link lmnop.controlplane.accounts.Accounts}.
 */
@NullMarked
package lmnop.controlplane.accounts;

import org.jspecify.annotations.NullMarked;
