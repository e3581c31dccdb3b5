import socket,time,sys
s=socket.create_connection(('127.0.0.1',8091)); s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY,1)
b=b'{"instances":[{"in0":[5],"in1":[7]}]}'
r=b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"%len(b)+b
l=[]; t=time.perf_counter()
for i in range(5000):
    t+=0.002
    d=t-time.perf_counter()
    if d>0: time.sleep(d)
    a=time.perf_counter(); s.sendall(r); s.recv(4096); l.append(time.perf_counter()-a)
l.sort(); print('p50 %.2f ms p99 %.2f ms'%(l[2500]*1e3,l[4950]*1e3))
