/**
 * A real browser for tests of pages: Debian's Chromium without a window, asked by its own protocol.
 *
 * <p>Depends on nothing of ours. Start at {@link lmnop.testkit.browser.Chromium}.
 */
@NullMarked
package lmnop.testkit.browser;

import org.jspecify.annotations.NullMarked;
