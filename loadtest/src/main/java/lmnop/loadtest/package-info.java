/** Measures the running platform; never part of it. */
@NullMarked
package lmnop.loadtest;

import org.jspecify.annotations.NullMarked;
