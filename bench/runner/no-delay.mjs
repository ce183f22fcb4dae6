// Some of the peers never ask for it, which would be measured as the kernel's delay, not as theirs.
import { Socket } from 'node:net'

const { connect } = Socket.prototype
Socket.prototype.connect = function (...args) {
  this.setNoDelay(true)
  return connect.apply(this, args)
}
