package lmnop.controlplane.git;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How much git may ask of this machine.
 *
 * @param places requests at once; a push keeps its place until its build ends
 * @param objectSize of one object, unpacked
 * @param packSize of one push, packed
 * @param objects of one push, as its pack announces them
 * @param idle how long a client may send nothing in the middle of a request
 * @param keepAlive after which a pusher who waits is sent a packet that says nothing, so that no
 *     proxy on the way takes the connection for dead
 */
public record GitSettings(
    @DefaultValue("200") int places,
    @DefaultValue("32MB") DataSize objectSize,
    @DefaultValue("2GB") DataSize packSize,
    @DefaultValue("1000000") long objects,
    @DefaultValue("60s") Duration idle,
    @DefaultValue("5s") Duration keepAlive) {}
