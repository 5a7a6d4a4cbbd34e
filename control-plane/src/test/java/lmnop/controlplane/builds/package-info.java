/**
 * Tests of builds and releases with a real database, real repositories and a provider in memory.
 */
@NullMarked
package lmnop.controlplane.builds;

import org.jspecify.annotations.NullMarked;
