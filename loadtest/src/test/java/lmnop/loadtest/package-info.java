/** End-to-end tests: the packaged platform, real git, real functions. */
@NullMarked
package lmnop.loadtest;

import org.jspecify.annotations.NullMarked;
