/** Tests of what the apps are given: settings, credentials, start-up caches. */
@NullMarked
package lmnop.standalone.apps;

import org.jspecify.annotations.NullMarked;
