/**
 * What functions there are, and how each is doing: what the portal and the API show of them.
 *
 * <p>Reads rows. May use web, accounts, configuration, and builds' URLs. Start at {@link
 * lmnop.controlplane.overview.Overview}.
 */
@NullMarked
package lmnop.controlplane.overview;

import org.jspecify.annotations.NullMarked;
