/**
 * OCI images: how they are named and described, and a client of the registries that hold them.
 *
 * <p>May use operations. Start at {@link lmnop.images.Registry}.
 */
@NullMarked
package lmnop.images;

import org.jspecify.annotations.NullMarked;
