/**
 * The whole platform in one file, and back: the tables of one moment, repositories and artifacts.
 *
 * <p>May use accounts and git. Start at {@link lmnop.controlplane.backup.Backup}; docs/backup.md
 * describes the file.
 */
@NullMarked
package lmnop.controlplane.backup;

import org.jspecify.annotations.NullMarked;
