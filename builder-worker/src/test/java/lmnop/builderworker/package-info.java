/** Whole builds: a real queue, real templates, real programs, and a control plane of the tests. */
@NullMarked
package lmnop.builderworker;

import org.jspecify.annotations.NullMarked;
