/**
 * Images: how what a build left becomes one, and where it goes.
 *
 * <p>May use artifact, images and operations. Start at {@link
 * lmnop.builderworker.image.TemplateImages}.
 */
@NullMarked
package lmnop.builderworker.image;

import org.jspecify.annotations.NullMarked;
