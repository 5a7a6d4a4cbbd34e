/**
 * The portal: pages for people, made on the server, readable without script.
 *
 * <p>Reads rows and changes nothing. May use web and builds' URLs. Start at {@link
 * lmnop.controlplane.portal.Portal}.
 */
@NullMarked
package lmnop.controlplane.portal;

import org.jspecify.annotations.NullMarked;
