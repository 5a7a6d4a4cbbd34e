package lmnop.provider.kept;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What is kept of instances that ended by themselves.
 *
 * @param perFunction different ones of one function; those that happened last stay
 * @param lines that each had printed last
 * @param age after which one goes that did not happen again
 * @param size of all of them together; the oldest make room
 */
public record CrashSettings(
    @DefaultValue("20") int perFunction,
    @DefaultValue("100") int lines,
    @DefaultValue("30d") Duration age,
    @DefaultValue("64MB") DataSize size) {}
