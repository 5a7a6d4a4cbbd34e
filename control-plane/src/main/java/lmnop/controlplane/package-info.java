/** The control plane: git server, API, portal, builds and releases. */
@NullMarked
package lmnop.controlplane;

import org.jspecify.annotations.NullMarked;
