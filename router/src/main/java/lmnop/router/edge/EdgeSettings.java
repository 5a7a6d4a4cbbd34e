package lmnop.router.edge;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The edge's limits.
 *
 * @param transport {@code auto}, {@code io_uring}, {@code epoll} or {@code nio}
 * @param eventLoops how many; 0 means one for each processor
 * @param sharePort whether other routers of the same user may listen on the same port, so that a
 *     new one takes requests before the old one ends
 * @param trustedProxies networks of the load balancers in front, whose {@code X-Forwarded-} headers
 *     are taken; written {@code 10.0.0.0/8,fd00::/8}
 * @param connections how many clients' connections may be open, as far as this process may open
 *     twice as many files; one more is closed at once
 * @param connectionsPerClient how many of one address; this machine and trusted proxies may have
 *     any number
 * @param requestLineBytes the longest request line, and in HTTP/2 the longest path; beyond it 414
 * @param headerBytes the most of all headers together; beyond it 431
 * @param headerFields the most headers; beyond it 431
 * @param answerHeaderFields the most headers of an answer; beyond it 502
 * @param headerTime from the first byte of a request to the end of its headers
 * @param idleTime how long a connection without a request stays open
 * @param http2IdleTime the same for one that speaks HTTP/2
 * @param http2Streams how many requests an HTTP/2 connection may have at once
 * @param handshakeTime how long a client and the router may take to agree on encryption
 * @param bodyTime how long a client may send nothing in the middle of a body
 * @param connectTime how long an instance may take to accept a connection
 * @param firstByteTime from the end of a request to the first byte of its answer
 * @param answerIdleTime how long an answer may stand still
 * @param tunnelIdleTime how long a WebSocket, or what else a request was switched to, may be silent
 * @param originIdleTime how long an unused connection to an instance is kept; below what functions
 *     keep theirs, so that few are found closed
 * @param waiting how many requests of one function may wait for an instance
 * @param waitTime how long they may
 * @param refusedTime how long a request may look for an instance that takes connections
 * @param drainTime how long running requests may take to end when the router stops
 * @param drainGrace how long idle connections stay open then, for requests already under way, and
 *     new ones are taken
 * @param drainDelay how long new ones are taken at least, also where nobody is connected: a
 *     balancer needs its time to learn of it
 */
public record EdgeSettings(
    @DefaultValue("auto") String transport,
    @DefaultValue("0") int eventLoops,
    @DefaultValue("false") boolean sharePort,
    @DefaultValue List<String> trustedProxies,
    @DefaultValue("10000") int connections,
    @DefaultValue("256") int connectionsPerClient,
    @DefaultValue("8192") int requestLineBytes,
    @DefaultValue("32768") int headerBytes,
    @DefaultValue("100") int headerFields,
    @DefaultValue("500") int answerHeaderFields,
    @DefaultValue("10s") Duration headerTime,
    @DefaultValue("60s") Duration idleTime,
    @DefaultValue("5m") Duration http2IdleTime,
    @DefaultValue("100") int http2Streams,
    @DefaultValue("5s") Duration handshakeTime,
    @DefaultValue("60s") Duration bodyTime,
    @DefaultValue("2s") Duration connectTime,
    @DefaultValue("60s") Duration firstByteTime,
    @DefaultValue("5m") Duration answerIdleTime,
    @DefaultValue("1h") Duration tunnelIdleTime,
    @DefaultValue("15s") Duration originIdleTime,
    @DefaultValue("1000") int waiting,
    @DefaultValue("30s") Duration waitTime,
    @DefaultValue("5s") Duration refusedTime,
    @DefaultValue("30s") Duration drainTime,
    @DefaultValue("1s") Duration drainGrace,
    @DefaultValue("0ms") Duration drainDelay) {}
