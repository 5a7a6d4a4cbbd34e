package lmnop.provider.isolation;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How instances are kept apart.
 *
 * @param sandbox whether to use namespaces where the machine lets us; {@code false} is for trying
 *     out what happens where it does not
 * @param addresses the private range that instances get their addresses from
 * @param egress whether functions reach public addresses
 * @param gateway host and port of a router's internal listener, for functions that call functions;
 *     without it they reach each other as everybody else does, if at all
 * @param dns name servers for functions; without any, those of the machine that are not on itself
 * @param firstUid the first of the users that instances run as; as many as addresses follow
 * @param tmpSize how much an instance may keep in {@code /tmp}
 */
public record IsolationSettings(
    @DefaultValue("true") boolean sandbox,
    @DefaultValue("10.214.0.0/16") String addresses,
    @DefaultValue("true") boolean egress,
    @Nullable String gateway,
    @DefaultValue List<String> dns,
    @DefaultValue("2000000") int firstUid,
    @DefaultValue("64MB") DataSize tmpSize) {}
