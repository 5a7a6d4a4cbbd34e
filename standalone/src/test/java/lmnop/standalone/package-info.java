/**
 * Tests of the platform as a whole, with stand-ins for the apps. Start at {@link
 * lmnop.standalone.PlatformTest}.
 */
@NullMarked
package lmnop.standalone;

import org.jspecify.annotations.NullMarked;
