package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import lmnop.registry.table.RoutePolicy;
import lmnop.router.outcome.Outcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client of gRPC reaches a function of gRPC through the router; neither is ours. */
final class GrpcTest {
  private static final String HOST = "f.apps.example.com";

  private EdgeFixture router;
  private GrpcFunction function;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    router = EdgeFixture.start();
    function = new GrpcFunction(100);
    serve(RoutePolicy.DEFAULT);
    channel = channel(HOST);
  }

  @AfterEach
  void stop() throws Exception {
    channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    function.close();
    router.close();
  }

  private void serve(RoutePolicy policy) {
    router.routes.put(HOST, "f", MapRoutes.http2("f-1", policy, function.port()));
  }

  private ManagedChannel channel(String host) {
    return NettyChannelBuilder.forAddress("127.0.0.1", router.edge.port())
        .usePlaintext()
        .overrideAuthority(host)
        .maxInboundMessageSize(64 << 20)
        .build();
  }

  private String say(String word) {
    return ClientCalls.blockingUnaryCall(
        channel,
        GrpcFunction.SAY,
        CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS),
        word);
  }

  private static Status.Code codeOf(Throwable failure) {
    return Status.fromThrowable(failure).getCode();
  }

  @Test
  void aCall() {
    assertThat(say("hello")).isEqualTo("hello");
    assertThat(say("")).isEmpty();
    String large = "y".repeat(3 << 20);
    assertThat(say(large)).isEqualTo(large);
    assertThat(function.peers).hasSizeBetween(1, 2);
    awaitEnded(Outcome.ANSWERED, 3);
  }

  @Test
  void metadataGoesThereAndComesBackInTrailers() {
    Metadata sent = new Metadata();
    sent.put(GrpcFunction.NOTE, "remember");
    AtomicReference<Metadata> head = new AtomicReference<>();
    AtomicReference<Metadata> trailers = new AtomicReference<>();
    var noting =
        ClientInterceptors.intercept(
            channel,
            MetadataUtils.newAttachHeadersInterceptor(sent),
            MetadataUtils.newCaptureMetadataInterceptor(head, trailers));

    ClientCalls.blockingUnaryCall(noting, GrpcFunction.SAY, CallOptions.DEFAULT, "hello");

    assertThat(trailers.get().get(GrpcFunction.NOTE)).isEqualTo("remember");
    assertThat(head.get().keys()).contains("x-call-id");
  }

  @Test
  void theFunctionsOwnErrorIsWhatTheClientSees() {
    assertThatThrownBy(() -> say("fail"))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
              assertThat(e.getStatus().getDescription()).isEqualTo("not today: 100 % \u00fc");
            });
    assertThatThrownBy(() ->
            ClientCalls.blockingUnaryCall(channel, GrpcFunction.UNKNOWN, CallOptions.DEFAULT, "x"))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getDescription()).contains("Method not found"));
    awaitEnded(Outcome.ANSWERED, 2);
  }

  @Test
  void aStreamOfAnswersNoFasterThanTheClientTakesThem() {
    Iterator<String> words =
        ClientCalls.blockingServerStreamingCall(
            channel, GrpcFunction.COUNT, CallOptions.DEFAULT, "5000");
    for (int i = 0; i < 5000; i++) {
      assertThat(words.next()).endsWith("x" + i);
      if (i == 10) {
        assertThat(say("meanwhile")).isEqualTo("meanwhile");
      }
    }
    assertThat(words.hasNext()).isFalse();
  }

  @Test
  void aStreamOfRequests() throws Exception {
    CompletableFuture<String> answer = new CompletableFuture<>();
    StreamObserver<String> words =
        ClientCalls.asyncClientStreamingCall(
            channel.newCall(GrpcFunction.JOIN, CallOptions.DEFAULT),
            GrpcFunction.observer(answer::complete, () -> {}));
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 2000; i++) {
      words.onNext("word" + i + " ");
      all.append("word").append(i).append(' ');
    }
    words.onCompleted();
    assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo(all.toString());
  }

  @Test
  void aConversation() throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    CompletableFuture<@Nullable Void> over = new CompletableFuture<>();
    StreamObserver<String> words =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(GrpcFunction.TALK, CallOptions.DEFAULT),
            GrpcFunction.observer(heard::add, () -> over.complete(null)));
    for (int i = 0; i < 100; i++) {
      words.onNext("word " + i);
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("you said word " + i);
    }
    words.onCompleted();
    over.get(20, TimeUnit.SECONDS);
  }

  @Test
  void aDeadlineReachesTheFunctionAndLeavesOthersAlone() {
    say("first");
    assertThatThrownBy(() ->
            ClientCalls.blockingUnaryCall(
                channel,
                GrpcFunction.SAY,
                CallOptions.DEFAULT.withDeadlineAfter(300, TimeUnit.MILLISECONDS),
                "never"))
        .satisfies(e -> assertThat(codeOf(e)).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
    await().until(() -> function.cancelled.get() == 1);
    assertThat(say("after")).isEqualTo("after");
  }

  @Test
  void aClientThatLeavesIsSeenByTheFunction() {
    Future<String> call =
        ClientCalls.futureUnaryCall(
            channel.newCall(GrpcFunction.SAY, CallOptions.DEFAULT), "never");
    await().until(() -> function.begun.get() == 1);
    call.cancel(true);
    await().until(() -> function.cancelled.get() == 1);
    awaitEnded(Outcome.CLIENT_LEFT, 1);
    assertThat(say("after")).isEqualTo("after");
    assertThat(function.peers).hasSizeBetween(1, 2);
  }

  @Test
  void aThousandCallsAtOnceOverFewConnections() throws Exception {
    List<ManagedChannel> clients = new ArrayList<>();
    List<Future<String>> calls = new ArrayList<>();
    try {
      for (int c = 0; c < 10; c++) {
        ManagedChannel client = channel(HOST);
        clients.add(client);
        for (int i = 0; i < 100; i++) {
          calls.add(
              ClientCalls.futureUnaryCall(
                  client.newCall(GrpcFunction.SAY, CallOptions.DEFAULT), "word " + c + " " + i));
        }
      }
      for (int i = 0; i < calls.size(); i++) {
        assertThat(calls.get(i).get(60, TimeUnit.SECONDS))
            .isEqualTo("word " + i / 100 + " " + i % 100);
      }
    } finally {
      clients.forEach(ManagedChannel::shutdownNow);
    }
    assertThat(function.peers).hasSizeBetween(1, 24);
    awaitEnded(Outcome.ANSWERED, 1000);
  }

  @Test
  void anInstanceThatLeavesEndsWhatRunsAndAnotherTakesTheRest() throws Exception {
    try (GrpcFunction second = new GrpcFunction(100)) {
      BlockingQueue<String> heard = new LinkedBlockingQueue<>();
      CompletableFuture<@Nullable Void> over = new CompletableFuture<>();
      StreamObserver<String> words =
          ClientCalls.asyncBidiStreamingCall(
              channel.newCall(GrpcFunction.TALK, CallOptions.DEFAULT),
              GrpcFunction.observer(heard::add, () -> over.complete(null)));
      words.onNext("before");
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("you said before");
      router.routes.put(
          HOST, "f", MapRoutes.http2("f-1", RoutePolicy.DEFAULT, function.port(), second.port()));

      function.leave();

      for (int i = 0; i < 50; i++) {
        assertThat(say("word " + i)).isEqualTo("word " + i);
      }
      words.onNext("after");
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("you said after");
      words.onCompleted();
      over.get(20, TimeUnit.SECONDS);
      assertThat(second.begun.get()).isEqualTo(50);
    }
  }

  @Test
  void anInstanceThatDiesInTheMiddleIsSaidInWords() throws Exception {
    Iterator<String> words =
        ClientCalls.blockingServerStreamingCall(
            channel, GrpcFunction.COUNT, CallOptions.DEFAULT, "1000000");
    words.next();
    function.close();
    assertThatThrownBy(() -> words.forEachRemaining(word -> {}))
        .satisfies(e -> {
          assertThat(codeOf(e)).isNotEqualTo(Status.Code.OK);
        });
  }

  @Test
  void whatTheRouterRefusesIsSaidAsGrpcSaysIt() {
    ManagedChannel nowhere = channel("nothing.apps.example.com");
    try {
      assertRefused(nowhere, Status.Code.UNIMPLEMENTED, Outcome.UNKNOWN_HOST.words());
    } finally {
      nowhere.shutdownNow();
    }
    serve(new RoutePolicy(null, null, null, null, null, 2L));
    assertRefused(channel, Status.Code.RESOURCE_EXHAUSTED, Outcome.BODY_TOO_LARGE.words());
    router.routes.put(HOST, "f", MapRoutes.http2("f-1", RoutePolicy.DEFAULT, 1));
    assertRefused(channel, Status.Code.UNAVAILABLE, Outcome.REFUSED.words());
  }

  @Test
  void aCallThatTakesTooLongIsSaidAsGrpcSaysIt() {
    serve(new RoutePolicy(null, 300L, null, null, null, null));
    assertThatThrownBy(() -> say("never"))
        .satisfies(e -> {
          assertThat(codeOf(e)).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
          assertThat(Status.fromThrowable(e).getDescription())
              .isEqualTo(Outcome.NO_ANSWER_IN_TIME.words());
        });
    await().until(() -> function.cancelled.get() == 1);
    assertThat(say("after")).isEqualTo("after");
  }

  private void awaitEnded(Outcome outcome, int times) {
    String line = "outcome=\"" + outcome.tag() + "\"} " + times + "\n";
    await().until(() -> router.metrics.text().contains(line));
  }

  private static void assertRefused(ManagedChannel by, Status.Code code, String words) {
    MethodDescriptor<String, String> method = GrpcFunction.SAY;
    assertThatThrownBy(
            () -> ClientCalls.blockingUnaryCall(by, method, CallOptions.DEFAULT, "hello"))
        .satisfies(e -> {
          assertThat(codeOf(e)).isEqualTo(code);
          assertThat(Status.fromThrowable(e).getDescription()).isEqualTo(words);
        });
  }
}
