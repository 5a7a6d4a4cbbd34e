/** Tests of what function.yml may say. */
@NullMarked
package lmnop.controlplane.configuration;

import org.jspecify.annotations.NullMarked;
