/**
 * The provider: engines behind the OpenFaaS provider API.
 *
 * <p>{@link lmnop.provider.api} speaks HTTP; {@link lmnop.provider.process} runs functions as
 * processes of one machine, kept apart by {@link lmnop.provider.isolation}, from {@link
 * lmnop.provider.artifacts}; {@link lmnop.provider.kubernetes} runs them in a cluster; {@link
 * lmnop.provider.output} keeps what they print; {@link lmnop.provider.registry} publishes where
 * they listen. Start at {@link lmnop.provider.Provider}, which lists what the app is made of.
 */
@NullMarked
package lmnop.provider;

import org.jspecify.annotations.NullMarked;
