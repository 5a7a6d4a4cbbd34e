/** Tests of how pushes are measured. */
@NullMarked
package lmnop.loadtest.bench.push;

import org.jspecify.annotations.NullMarked;
