/**
 * How an app gets its settings: a properties file and command-line options become one record.
 *
 * <p>Depends on nothing of ours. Start at {@link lmnop.operations.settings.Settings}.
 */
@NullMarked
package lmnop.operations.settings;

import org.jspecify.annotations.NullMarked;
