package lmnop.router.edge;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A function that is a server of gRPC, not one of ours. */
final class GrpcFunction implements AutoCloseable {
  static final Metadata.Key<String> NOTE =
      Metadata.Key.of("note", Metadata.ASCII_STRING_MARSHALLER);
  static final MethodDescriptor<String, String> SAY = method(MethodType.UNARY, "Say");
  static final MethodDescriptor<String, String> COUNT =
      method(MethodType.SERVER_STREAMING, "Count");
  static final MethodDescriptor<String, String> JOIN = method(MethodType.CLIENT_STREAMING, "Join");
  static final MethodDescriptor<String, String> TALK = method(MethodType.BIDI_STREAMING, "Talk");
  static final MethodDescriptor<String, String> UNKNOWN = method(MethodType.UNARY, "Unknown");

  private final Server server;
  final AtomicInteger cancelled = new AtomicInteger();
  final AtomicInteger begun = new AtomicInteger();
  final Set<String> peers = ConcurrentHashMap.newKeySet();

  GrpcFunction(int streamsAtMost) throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .maxConcurrentCallsPerConnection(streamsAtMost)
            .intercept(new Notes())
            .addService(service())
            .build()
            .start();
  }

  private static MethodDescriptor<String, String> method(MethodType type, String name) {
    return MethodDescriptor.<String, String>newBuilder()
        .setType(type)
        .setFullMethodName("test.Words/" + name)
        .setRequestMarshaller(new Text())
        .setResponseMarshaller(new Text())
        .build();
  }

  private static final class Text implements MethodDescriptor.Marshaller<String> {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Gives a note back in the trailers, and remembers connections. */
  private final class Notes implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      begun.incrementAndGet();
      peers.add(String.valueOf(call.getAttributes().get(io.grpc.Grpc.TRANSPORT_ATTR_REMOTE_ADDR)));
      String note = headers.get(NOTE);
      return next.startCall(
          new io.grpc.ForwardingServerCall.SimpleForwardingServerCall<Q, A>(call) {
            @Override
            public void close(Status status, Metadata trailers) {
              if (note != null) {
                trailers.put(NOTE, note);
              }
              super.close(status, trailers);
            }
          },
          headers);
    }
  }

  private ServerServiceDefinition service() {
    return ServerServiceDefinition.builder("test.Words")
        .addMethod(SAY, ServerCalls.asyncUnaryCall(this::say))
        .addMethod(COUNT, ServerCalls.asyncServerStreamingCall(GrpcFunction::count))
        .addMethod(JOIN, ServerCalls.asyncClientStreamingCall(GrpcFunction::join))
        .addMethod(TALK, ServerCalls.asyncBidiStreamingCall(GrpcFunction::talk))
        .build();
  }

  private void say(String word, StreamObserver<String> answer) {
    switch (word) {
      case "never" ->
          Context.current()
              .addListener(context -> cancelled.incrementAndGet(), command -> command.run());
      case "fail" ->
          answer.onError(
              Status.FAILED_PRECONDITION.withDescription("not today: 100 % \u00fc").asException());
      default -> {
        answer.onNext(word);
        answer.onCompleted();
      }
    }
  }

  private static void count(String to, StreamObserver<String> answer) {
    ServerCallStreamObserver<String> flow = (ServerCallStreamObserver<String>) answer;
    int end = Integer.parseInt(to);
    AtomicInteger next = new AtomicInteger();
    flow.setOnReadyHandler(() -> {
      while (flow.isReady() && next.get() < end) {
        flow.onNext("x".repeat(1000) + next.getAndIncrement());
        if (next.get() == end) {
          flow.onCompleted();
        }
      }
    });
  }

  private static StreamObserver<String> join(StreamObserver<String> answer) {
    StringBuilder all = new StringBuilder();
    return observer(
        word -> all.append(word),
        () -> {
          answer.onNext(all.toString());
          answer.onCompleted();
        });
  }

  private static StreamObserver<String> talk(StreamObserver<String> answer) {
    return observer(word -> answer.onNext("you said " + word), answer::onCompleted);
  }

  static StreamObserver<String> observer(
      java.util.function.Consumer<String> next, Runnable completed) {
    return new StreamObserver<>() {
      @Override
      public void onNext(String word) {
        next.accept(word);
      }

      @Override
      public void onError(@Nullable Throwable why) {}

      @Override
      public void onCompleted() {
        completed.run();
      }
    };
  }

  int port() {
    return server.getPort();
  }

  /** Says that it takes no more, and ends when what runs has ended. */
  void leave() {
    server.shutdown();
  }

  @Override
  public void close() throws InterruptedException {
    server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
  }
}
