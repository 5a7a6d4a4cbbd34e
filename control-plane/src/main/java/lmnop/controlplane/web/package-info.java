/**
 * WebFlux as the control plane's listeners use it: routes that say who may call them, one way for
 * errors to become answers, and one named crossing to virtual threads.
 *
 * <p>Depends on nothing of ours. Start at {@link lmnop.controlplane.web.WebFeature}.
 */
@NullMarked
package lmnop.controlplane.web;

import org.jspecify.annotations.NullMarked;
