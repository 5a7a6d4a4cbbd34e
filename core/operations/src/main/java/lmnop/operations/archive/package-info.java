/**
 * Trees of files as tar streams: written so that the same tree gives the same bytes, and read so
 * that no stream writes outside its directory; and the digests that name such bytes.
 *
 * <p>Depends on nothing of ours. Start at {@link lmnop.operations.archive.TarWriter}.
 */
@NullMarked
package lmnop.operations.archive;

import org.jspecify.annotations.NullMarked;
