import Glibc
import Synchronization

/// Turns SIGINT, SIGTERM and SIGHUP into bytes on a pipe, for a poll loop to see.
///
/// A second SIGINT ends the process at once with status 130, even when the loop is stuck: the zygote sees its
/// standard input end, kills the workers and removes the run directory. Install one latch a process, before
/// other threads wait in system calls.
package final class SignalLatch {
    /// A wish that the process end.
    package enum Request: Equatable, Sendable {
        /// Ctrl-C.
        case interrupt
        /// The polite form of kill.
        case terminate
        /// The terminal went away.
        case hangUp

        /// The exit status that shells expect of a process that ends for this signal.
        package var exitStatus: Int32 { 128 + signal }

        fileprivate var signal: Int32 {
            switch self {
            case .interrupt: SIGINT
            case .terminate: SIGTERM
            case .hangUp: SIGHUP
            }
        }

        fileprivate init?(signal: Int32) {
            switch signal {
            case SIGINT: self = .interrupt
            case SIGTERM: self = .terminate
            case SIGHUP: self = .hangUp
            default: return nil
            }
        }
    }

    /// Readable when a signal has come; to be polled, not read.
    package let descriptor: Int32
    private let writeEnd: Int32
    private var former: [(signal: Int32, action: sigaction)] = []

    /// Starts to catch the signals.
    ///
    /// A signal that is ignored at the start, as SIGHUP under nohup, stays ignored.
    package init() throws(ProcessError) {
        (descriptor, writeEnd) = try makePipe()
        setNonblocking(descriptor)
        setNonblocking(writeEnd)
        interruptCount.store(0, ordering: .relaxed)
        latchWriteEnd.store(writeEnd, ordering: .releasing)
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            var old = sigaction()
            sigaction(signal, nil, &old)
            let handler = unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self)
            if signal == SIGHUP, handler == ignored { continue }
            var new = sigaction()
            new.__sigaction_handler.sa_handler = noteSignal
            new.sa_flags = SA_RESTART
            sigaction(signal, &new, nil)
            former.append((signal, old))
        }
    }

    deinit {
        for (signal, action) in former {
            var action = action
            sigaction(signal, &action, nil)
        }
        latchWriteEnd.store(-1, ordering: .releasing)
        close(descriptor)
        close(writeEnd)
    }

    /// The signals that came since the last call, in order.
    package func take() -> [Request] {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = retryingInterrupts { read(descriptor, &bytes, bytes.count) }
        return bytes.prefix(max(0, count)).compactMap { Request(signal: Int32($0)) }
    }
}

/// SIG_IGN as a number, since function pointers do not compare.
private let ignored = 1
private let latchWriteEnd = Atomic<Int32>(-1)
private let interruptCount = Atomic<Int32>(0)

/// The handler: only atomics, write and _exit, which are safe at any instant.
private func noteSignal(_ signal: Int32) {
    let savedErrno = errno
    if signal == SIGINT, interruptCount.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
    var byte = UInt8(truncatingIfNeeded: signal)
    _ = write(latchWriteEnd.load(ordering: .acquiring), &byte, 1)
    errno = savedErrno
}
