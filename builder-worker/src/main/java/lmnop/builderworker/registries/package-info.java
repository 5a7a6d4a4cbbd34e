/**
 * The only way out of a build: a proxy that lets a step reach the registries that its template and
 * the operator name, and nothing else.
 *
 * <p>Knows nothing of builds, and of templates only how they write a host. Start at {@link
 * lmnop.builderworker.registries.Registries}.
 */
@NullMarked
package lmnop.builderworker.registries;

import org.jspecify.annotations.NullMarked;
