/** Tests of the git server with the real git as its client. */
@NullMarked
package lmnop.controlplane.git;

import org.jspecify.annotations.NullMarked;
