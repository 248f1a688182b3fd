import Glibc
import Processes
import Testing

@Suite("Finding the worker executable")
struct WorkerExecutableTests {
    @Test("The built worker lies beside the tests")
    func found() throws {
        #expect(try locateWorkerExecutable(override: nil).hasSuffix("/topple-worker"))
    }

    @Test("A missing worker is an error that says where it was looked for and what to do")
    func missing() {
        let failure = #expect(throws: ProcessError.self) {
            _ = try locateWorkerExecutable(override: nil, beside: "/no/such/place")
        }
        #expect(
            failure?.description == """
                no worker executable at /no/such/place/topple-worker (beside this program): build the \
                product topple-worker, or set TOPPLE_WORKER to its path
                """)
    }

    @Test("TOPPLE_WORKER wins, and must name a file that may be executed")
    func override() throws {
        #expect(try locateWorkerExecutable(override: "/bin/sh", beside: "/nowhere") == "/bin/sh")
        for path in ["/etc/passwd", "/tmp"] {
            let failure = #expect(throws: ProcessError.self) {
                _ = try locateWorkerExecutable(override: path)
            }
            #expect(failure == .workerNotExecutable(path: path, origin: "named by TOPPLE_WORKER"))
        }
    }
}
