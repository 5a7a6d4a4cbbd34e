/**
 * The browser of repositories: folders, files, commits, what they changed, branches and archives,
 * each with what became of it; read from the bare repositories, never written.
 *
 * <p>What is read was pushed by somebody and is shown as text: names, messages and contents are
 * never trusted. May use web, accounts, functions and git. Start at {@link
 * lmnop.controlplane.repositories.RepositoryBrowser}.
 */
@NullMarked
package lmnop.controlplane.repositories;

import org.jspecify.annotations.NullMarked;
