/** Texts of the key list. */
export const keys = {
  title: '快捷键',
  change: '修改',
  press: '按下新的组合键，Esc 取消',
  reset: '恢复默认',
  test: '快捷键检测',
  testHint: '按任意快捷键，此处显示浏览器收到的按键。',
  testGot: '收到',
  testNone: '未对应任何操作',
  composing: '输入法正在组字，已忽略',
  refusals: { 'types-text': '此键用于输入文字', reserved: '此键由浏览器或输入法使用', taken: '此键已被占用' },
  commands: {
    answer: '接听',
    mute: '静音',
    hold: '保持',
    transfer: '转接',
    'three-party': '三方',
    'handoff-110': '转110',
    'hang-up': '挂断(1秒内按两次)',
    ready: '示闲',
    'state-menu': '状态菜单',
    form: '工单登记',
    knowledge: '知识',
    history: '历史',
    'my-calls': '我的通话',
    'call-tools': '通话工具',
    'silence-recording': '静音录音',
    insert: '插入知识',
    submit: '提交派单',
    'key-list': '快捷键列表'
  }
} as const
