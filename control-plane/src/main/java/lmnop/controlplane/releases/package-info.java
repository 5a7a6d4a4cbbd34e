/**
 * Making a revision current: DEPLOY, VERIFY and CUTOVER as a task, and the draining of what it
 * replaced.
 *
 * <p>Knows nothing of pushes or builds beyond their rows. Start at {@link
 * lmnop.controlplane.releases.ReleaseRun}.
 */
@NullMarked
package lmnop.controlplane.releases;

import org.jspecify.annotations.NullMarked;
