/**
 * What a function was and may be again: its revisions, rolling back to one, and which of them are
 * kept.
 *
 * <p>May use accounts and releases. Start at {@link lmnop.controlplane.revisions.Revisions}.
 */
@NullMarked
package lmnop.controlplane.revisions;

import org.jspecify.annotations.NullMarked;
