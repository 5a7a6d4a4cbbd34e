/** Tests of the launcher script with folders that look like JDKs. */
@NullMarked
package lmnop.standalone.launcher;

import org.jspecify.annotations.NullMarked;
