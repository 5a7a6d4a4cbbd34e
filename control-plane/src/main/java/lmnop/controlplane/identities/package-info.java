/**
 * People whom somebody else knows: providers of OpenID Connect, and GitHub.
 *
 * <p>May use web, accounts and audit. Start at {@link lmnop.controlplane.identities.Identities}.
 */
@NullMarked
package lmnop.controlplane.identities;

import org.jspecify.annotations.NullMarked;
