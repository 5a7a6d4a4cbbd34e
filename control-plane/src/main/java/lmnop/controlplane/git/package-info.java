/**
 * The git server: smart HTTP on WebFlux with JGit, without servlets, without hooks from disk, and
 * without ever running a {@code git} program on what was received.
 *
 * <p>May use web, accounts, functions and configuration. Whoever turns a push into a release
 * implements {@link lmnop.controlplane.git.Deployer}. Start at {@link
 * lmnop.controlplane.git.Repositories}.
 */
@NullMarked
package lmnop.controlplane.git;

import org.jspecify.annotations.NullMarked;
