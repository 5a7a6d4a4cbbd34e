/**
 * Secrets of owners: encrypted values that nobody reads back, and that functions find as files.
 *
 * <p>Uses revisions, to deploy what reads a changed value once more. Start at {@link
 * lmnop.controlplane.secrets.Secrets}.
 */
@NullMarked
package lmnop.controlplane.secrets;

import org.jspecify.annotations.NullMarked;
