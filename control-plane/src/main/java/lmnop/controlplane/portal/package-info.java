/**
 * The portal: pages for people, made on the server, whole without script.
 *
 * <p>Reads rows, and changes what a form asks for. May use web, accounts, revisions, deletions,
 * crashes, logs, usage, domains, configuration, repositories, secrets, overview and builds' URLs.
 * Start at {@link lmnop.controlplane.portal.Portal}.
 */
@NullMarked
package lmnop.controlplane.portal;

import org.jspecify.annotations.NullMarked;
