import Glibc
import Processes
import Testing
import ZeroMQ

/// A coordinator in miniature: a pool of echo workers and the router that they say hello to.
struct EchoRun: ~Copyable {
    let pool: WorkerPool
    var router: Socket
    private var polls = PollSet()
    private let socketEntry: PollSet.Entry
    private let reportEntry: PollSet.Entry
    private(set) var events: [WorkerEvent] = []
    private(set) var hellos: [String] = []
    private(set) var echoes = 0

    init(workers: Int, ioThreads: Int = 1) throws {
        let pool = try WorkerPool(executable: try builtWorker(), arguments: ["--echo"])
        let context = try Context(ioThreads: ioThreads)
        var router = try Socket(.router, in: context)
        try router.bind(pool.endpoint)
        try pool.spawn(0..<workers)
        self.pool = pool
        socketEntry = polls.add(router)
        reportEntry = polls.add(descriptor: pool.reportDescriptor)
        self.router = router
    }

    /// Takes in messages and reports until `condition` holds; false when `limit` passed first.
    mutating func advance(
        within limit: Duration = .seconds(20), until condition: (borrowing EchoRun) -> Bool
    ) throws -> Bool {
        let end = ContinuousClock.now + limit
        while !condition(self) {
            guard ContinuousClock.now < end else { return false }
            _ = try polls.wait(timeout: .milliseconds(100))
            if polls.isReadable(reportEntry) { events += pool.drainReports() }
            if polls.isReadable(socketEntry) { try receiveAll() }
        }
        return true
    }

    private mutating func receiveAll() throws {
        var message = Message()
        while try router.receive(into: &message) {
            let sender = String(decoding: message.bytes(), as: UTF8.self)
            _ = try router.receive(into: &message, .blocking)
            let text = String(decoding: message.bytes(), as: UTF8.self)
            if text.hasPrefix("hello ") {
                hellos.append(sender)
            } else if text == "echo from \(sender)" {
                echoes += 1
            }
        }
    }

    mutating func send(_ text: String, to worker: String) throws {
        try router.send(Array(worker.utf8), more: true)
        try router.send(Array(text.utf8))
    }

    /// The process ids reported, by worker index.
    var processIDs: [Int32] {
        events.compactMap { event in
            guard case .spawned(_, _, let pid) = event else { return nil }
            return pid
        }
    }
}

/// The worker executable that was built with these tests, or the one that `TOPPLE_WORKER` names.
func builtWorker() throws -> String {
    try locateWorkerExecutable()
}

/// True unless the process is gone or only waits to be reaped by its parent.
func isRunning(_ pid: Int32) -> Bool {
    guard kill(pid, 0) == 0 else { return false }
    let text = fileText("/proc/\(pid)/stat")
    return text.split(separator: ")").last.map { !$0.hasPrefix(" Z") } ?? false
}

func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

/// The content of a small file; empty when it cannot be read.
func fileText(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
}

/// Checks `condition` again and again, yielding between, until it holds or `limit` has passed.
func eventually(within limit: Duration = .seconds(20), _ condition: () -> Bool) -> Bool {
    let end = ContinuousClock.now + limit
    while !condition() {
        guard ContinuousClock.now < end else { return false }
        poll(nil, 0, 1)
    }
    return true
}
