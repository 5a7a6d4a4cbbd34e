/**
 * Domains of owners' own: who says that one is his, how he proves it, and when it routes.
 *
 * <p>May use accounts and audit. Start at {@link lmnop.controlplane.domains.Domains}.
 */
@NullMarked
package lmnop.controlplane.domains;

import org.jspecify.annotations.NullMarked;
