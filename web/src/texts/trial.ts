/** Texts of the trial phone; they speak to citizens, with 您. */
export const trial = {
  title: '试拨 12345',
  lead: '用浏览器当作市民的电话，拨打本机的 12345。',
  microphone: '浏览器会询问是否允许使用麦克风：允许后坐席能听到您说话；不允许也能拨打，只听不说。',
  call: '呼叫 12345',
  hangUp: '挂断电话',
  listenOnly: '未使用麦克风，您只能听。',
  keypad: '拨号键盘',
  hears: '您会听到',
  level: '听筒音量',
  states: {
    idle: '待机',
    preparing: '准备话机',
    calling: '正在呼叫',
    ringing: '对方振铃',
    talking: '已接通',
    ended: '通话已结束'
  },
  hearing: {
    idle: '拨通后先是欢迎词和录音告知，再是菜单。',
    calling: '等待接通。',
    talking: '欢迎词、菜单；排队时是音乐和位置播报；坐席接听后直接对话。',
    ended: '电话已挂断，可再次呼叫。'
  },
  menu: [
    ['1', '咨询'], ['2', '投诉举报建议'], ['3', '求助'], ['4', '查询进度'], ['5', '企业服务'], ['8', '少数民族语言'], ['9', 'English'], ['0', '人工']
  ],
  stepsTitle: '完整走一遍',
  steps: ['另开标签页，以坐席 1001 登录，完成签入检查，点“示闲”。', '回到本页，呼叫 12345，听到菜单按 1。', '坐席工作台先显示来电人历史，随后振铃，按 F8 接听。'],
  unavailable: '试拨只在演示环境提供。',
  failed: '未接通',
  number: '您的号码',
  pressed: '已按键',
  backToSignIn: '坐席登录'
} as const
