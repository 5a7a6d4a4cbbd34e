/** Tests of processes: started again, ended as trees, their lines kept. */
@NullMarked
package lmnop.standalone.processes;

import org.jspecify.annotations.NullMarked;
