/**
 * What instances print: collected line by line, with time, into rings on disk that outlive the
 * instance, and read from there.
 *
 * <p>May use the provider API's records, {@code lmnop.provider.api} and operations. Start at {@link
 * lmnop.provider.output.OutputStore}.
 */
@NullMarked
package lmnop.provider.output;

import org.jspecify.annotations.NullMarked;
