/**
 * The demonstration: an example is pushed with the real git and its URL is called.
 *
 * <p>It uses the platform only as a user would, by git and HTTP. Start at {@link
 * lmnop.standalone.demo.Demo}.
 */
@NullMarked
package lmnop.standalone.demo;

import org.jspecify.annotations.NullMarked;
