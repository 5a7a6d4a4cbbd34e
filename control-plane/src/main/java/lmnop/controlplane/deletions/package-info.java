/**
 * The end of functions: what goes with one, and whoever removes it to the last file.
 *
 * <p>May use audit, accounts, git, releases and builds' URLs. Start at {@link
 * lmnop.controlplane.deletions.Deletions}.
 */
@NullMarked
package lmnop.controlplane.deletions;

import org.jspecify.annotations.NullMarked;
